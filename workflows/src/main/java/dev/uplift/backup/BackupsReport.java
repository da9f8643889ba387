package dev.uplift.backup;

import dev.uplift.upgrade.Failure;
import java.util.List;

/**
 * What the host says about the backups of a tenant.
 *
 * @param items newest first within each kind; what was asked about
 * @param more how many further ones there are that are not told
 * @param failure why nothing could be told or done; null if it was
 */
public record BackupsReport(List<StoredItem> items, int more, Failure failure) {
  /** The engine carries answers of a limited size. */
  private static final int TOLD_AT_MOST = 500;

  public BackupsReport {
    items = items == null ? List.of() : List.copyOf(items);
  }

  public static BackupsReport of(List<StoredItem> items) {
    int told = Math.min(items.size(), TOLD_AT_MOST);
    return new BackupsReport(items.subList(0, told), items.size() - told, null);
  }

  public static BackupsReport refused(Failure failure) {
    return new BackupsReport(null, 0, failure);
  }
}
