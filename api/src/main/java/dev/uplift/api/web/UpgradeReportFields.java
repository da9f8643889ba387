package dev.uplift.api.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;

/**
 * Says which fields of a report are there even when they are null: those that existing clients
 * read.
 */
abstract class UpgradeReportFields {
  @JsonInclude(Include.ALWAYS)
  abstract String previousVersion();

  @JsonInclude(Include.ALWAYS)
  abstract String newVersion();

  @JsonInclude(Include.ALWAYS)
  abstract String commit();

  @JsonInclude(Include.ALWAYS)
  abstract List<String> migrationsRun();

  @JsonInclude(Include.ALWAYS)
  abstract String backupPath();

  @JsonInclude(Include.ALWAYS)
  abstract List<String> details();
}
