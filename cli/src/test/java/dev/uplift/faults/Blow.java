package dev.uplift.faults;

/** What falls on a machine while a tenant of it is upgraded. */
interface Blow extends AutoCloseable {
  /** To be ready for it; again before each. */
  default void prepare() throws Exception {}

  /** Returns when it fell; nothing of what it struck is up again then. */
  void fall() throws Exception;

  /** Brings up again what comes up by itself after such a blow. */
  void recover() throws Exception;

  @Override
  default void close() {}
}
