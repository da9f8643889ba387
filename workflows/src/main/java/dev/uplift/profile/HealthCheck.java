package dev.uplift.profile;

/**
 * One request that a healthy tenant answers as said here.
 *
 * @param url http or https URL, with {@code {name_port}} and {@code {slug}} to be filled in
 * @param status the status code; redirects are not followed
 * @param contains text that the body must contain; null for any
 * @param json a JSON pointer and a value, {@code /status=ok}; null for any
 */
public record HealthCheck(String url, Integer status, String contains, String json) {
  public HealthCheck {
    if (url == null || !url.matches("https?://[^@\\s]+")) {
      throw new IllegalArgumentException("health: an http or https url without a user is needed");
    }
    status = status == null ? 200 : status;
    if (status < 100 || status > 599) {
      throw new IllegalArgumentException("health: status is not a HTTP status code: " + status);
    }
    if (json != null && !json.matches("/[^=]*=.*")) {
      throw new IllegalArgumentException("health: json is a pointer and a value, like /status=ok");
    }
  }
}
