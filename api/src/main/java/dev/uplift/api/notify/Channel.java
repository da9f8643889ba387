package dev.uplift.api.notify;

import java.time.Instant;
import java.util.regex.Pattern;

/** A way to the outside on which a notification is delivered. */
interface Channel {
  /**
   * What came of one attempt.
   *
   * @param said what the other side answered, for whoever looks why it does not arrive
   * @param notBefore when the other side wants to be asked again at the earliest; null if it did
   *     not say
   */
  record Answer(boolean delivered, String said, Instant notBefore) {
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cntrl}&&[^\r\n\t]]|\\p{Cs}");

    // The other side chooses these characters, and PostgreSQL takes not every one into a text.
    public Answer {
      said = UNPRINTABLE.matcher(said).replaceAll("\uFFFD");
    }

    public Answer(boolean delivered, String said) {
      this(delivered, said, null);
    }
  }

  /** Tries once, and within seconds; what goes wrong is an answer too. */
  Answer deliver(Notification notification) throws InterruptedException;
}
