package dev.uplift.api.live;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Where the events of one subject come from. */
public interface LiveSource {
  /**
   * @param over whether nothing comes after these
   */
  record Page(List<LiveEvent> events, boolean over) {}

  /** Those after an event, in their order. It is asked again, also when it fails. */
  CompletableFuture<Page> after(long id);
}
