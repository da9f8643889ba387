package dev.uplift.rollback;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What has become of a table since a backup was taken. What was not counted is null.
 *
 * @param gained rows that the backup does not have: a rollback would lose them
 * @param lost rows that only the backup has: a rollback would bring them back
 * @param changed rows that both have, with other values
 * @param rowsInBackup null if the backup has no such table
 * @param rowsNow null if there is no such table any more
 * @param note what has to be known of these figures; null if nothing
 */
public record TableChange(
    String table,
    Long gained,
    Long lost,
    Long changed,
    @JsonProperty("rows_in_backup") Long rowsInBackup,
    @JsonProperty("rows_now") Long rowsNow,
    String note) {}
