package dev.uplift.code;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.uplift", importOptions = ImportOption.DoNotIncludeTests.class)
class GitRulesTest {
  @ArchTest
  static final ArchRule nobodyCleansAWorkTree =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("org.eclipse.jgit.api.CleanCommand")
          .orShould()
          .callMethod("org.eclipse.jgit.api.Git", "clean")
          .because("JGit's clean deletes ignored databases, and native clean their backups");

  @ArchTest
  static final ArchRule onlyThisPackageTouchesGit =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.uplift.code")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.eclipse.jgit..");
}
