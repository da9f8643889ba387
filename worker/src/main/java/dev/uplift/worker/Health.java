package dev.uplift.worker;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Whether a worker is well, told in the form of Spring Boot's health endpoint. */
record Health(Map<String, Boolean> components) {
  /** A worker that answers is alive: being without an engine is no reason to restart it. */
  static Health alive() {
    return new Health(Map.of());
  }

  static Health ready(boolean engineAnswers, boolean takesWork) {
    return new Health(Map.of("engine", engineAnswers, "work", takesWork));
  }

  int httpStatus() {
    return isUp() ? 200 : 503;
  }

  String json(boolean withDetails) {
    String own = "\"status\":\"" + word(isUp()) + "\"";
    if (!withDetails || components.isEmpty()) {
      return "{" + own + "}";
    }
    return new TreeMap<>(components)
        .entrySet().stream()
            .map(part -> "\"" + part.getKey() + "\":{\"status\":\"" + word(part.getValue()) + "\"}")
            .collect(Collectors.joining(",", "{" + own + ",\"components\":{", "}}"));
  }

  private boolean isUp() {
    return !components.containsValue(false);
  }

  private static String word(boolean up) {
    return up ? "UP" : "DOWN";
  }
}
