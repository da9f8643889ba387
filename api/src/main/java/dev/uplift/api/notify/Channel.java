package dev.uplift.api.notify;

/** A way to the outside on which a notification is delivered. */
interface Channel {
  /**
   * What came of one attempt.
   *
   * @param said what the other side answered, for whoever looks why it does not arrive
   */
  record Answer(boolean delivered, String said) {}

  /** Tries once, and within seconds; what goes wrong is an answer too. */
  Answer deliver(Notification notification) throws InterruptedException;
}
