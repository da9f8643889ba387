package dev.uplift.upgrade;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/**
 * Workflow code is run again from its history, so it must do the same each time: no clock but the
 * workflow's, nothing random, no threads, no files, no logger that speaks again at every replay.
 */
class WorkflowRulesTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.uplift");
  private static final String[] WORKFLOW_PACKAGES = {
    "dev.uplift.upgrade..",
    "dev.uplift.version..",
    "dev.uplift.check..",
    "dev.uplift.backup..",
    "dev.uplift.ledger..",
    "dev.uplift.rollout.."
  };

  @Test
  void workflowsAskOnlyTheirOwnClock() {
    noClasses()
        .that()
        .resideInAnyPackage(WORKFLOW_PACKAGES)
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class)
        .check(CLASSES);
  }

  @Test
  void workflowsDoNothingRandom() {
    noClasses()
        .that()
        .resideInAnyPackage(WORKFLOW_PACKAGES)
        .should()
        .callMethod(UUID.class, "randomUUID")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(java.util.Random.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(ThreadLocalRandom.class)
        .check(CLASSES);
  }

  @Test
  void workflowsHaveNoThreadsFilesOrLoggersOfTheirOwn() {
    noClasses()
        .that()
        .resideInAnyPackage(WORKFLOW_PACKAGES)
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("org.slf4j.LoggerFactory")
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("java.nio.file..", "java.io..", "java.net..", "java.util.concurrent..")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .check(CLASSES);
  }

  @Test
  void theModuleKnowsNothingButTheSdk() {
    classes()
        .that()
        .resideInAPackage("dev.uplift..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.uplift..",
            "java..",
            "io.temporal..",
            "io.grpc..",
            // What the SDK hands its measurements to.
            "com.uber.m3..",
            "io.micrometer.core..",
            "javax.net.ssl..",
            "com.fasterxml.jackson.annotation..",
            "com.google.protobuf..",
            "org.slf4j..")
        .check(CLASSES);
  }
}
