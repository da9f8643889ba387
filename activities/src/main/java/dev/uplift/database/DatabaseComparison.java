package dev.uplift.database;

import dev.uplift.rollback.TableChange;
import java.util.List;

/**
 * What has become of a database since its backup was taken, as {@link LiveDatabase#compare} found
 * it.
 *
 * @param limits how far it was compared, if not to the end; null if it was
 */
public record DatabaseComparison(List<TableChange> tables, String limits) {
  public DatabaseComparison {
    tables = List.copyOf(tables);
  }
}
