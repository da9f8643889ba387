package dev.uplift.code;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.uplift.host.StepContext.Notes;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What a checkout was like before the release came: noted before anything is changed, needed to put
 * it back.
 *
 * @param branch the full name of the branch that HEAD was on; null if on none
 * @param temporaries files that look as if an interrupted git had left them, but were there before
 * @param directories those of the two releases' directories that existed, with their permissions
 */
record BeforeCheckout(
    String branch, List<String> temporaries, SortedMap<String, String> directories) {
  static final String KEY = "code.before_checkout";
  private static final ObjectMapper JSON = new ObjectMapper();

  BeforeCheckout {
    temporaries = List.copyOf(temporaries);
    directories = new TreeMap<>(directories);
  }

  void note(Notes notes) {
    try {
      notes.put(KEY, JSON.writeValueAsString(this));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Empty if no checkout of this upgrade ever began. */
  static Optional<BeforeCheckout> noted(Notes notes) {
    return noted(notes::get);
  }

  static Optional<BeforeCheckout> noted(Function<String, Optional<String>> notes) {
    return notes
        .apply(KEY)
        .map(
            json -> {
              try {
                return JSON.readValue(json, BeforeCheckout.class);
              } catch (JsonProcessingException e) {
                throw new IllegalStateException("the note " + KEY + " cannot be read", e);
              }
            });
  }
}
