package dev.uplift.api.problem;

import java.net.URI;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;

/** An answer that is not the one that was asked for, told as RFC 9457 has it. */
public final class Problem extends ErrorResponseException {
  private static final long serialVersionUID = 1L;

  /** The attribute of a request by which filters know with which problem it was answered. */
  public static final String TYPE_ATTRIBUTE = Problem.class.getName() + ".type";

  private static final String TYPES = "urn:uplift:problem:";

  /**
   * @param code stable name of this kind of problem, for programs
   * @param title the same in words
   * @param detail what is wrong this time, and what to do
   */
  public Problem(HttpStatus status, String code, String title, String detail) {
    super(status, body(status, code, title, detail), null);
  }

  /** Adds a member beside the standard ones. */
  public Problem with(String member, Object value) {
    getBody().setProperty(member, value);
    return this;
  }

  /** Names the upgrade that this problem is about. */
  public Problem about(URI instance) {
    getBody().setInstance(instance);
    return this;
  }

  /** Says when it is worth while to ask again. */
  public Problem retryAfterSeconds(int seconds) {
    getHeaders().set("Retry-After", Integer.toString(seconds));
    return this;
  }

  /** Says where to look for what comes next. */
  public Problem at(URI location) {
    getHeaders().setLocation(location);
    return this;
  }

  static ProblemDetail body(HttpStatus status, String code, String title, String detail) {
    ProblemDetail body = ProblemDetail.forStatusAndDetail(status, detail);
    body.setType(type(code));
    body.setTitle(title);
    return body;
  }

  /** The code that a body's type was made of. */
  static String codeOf(ProblemDetail body) {
    return body.getType().toString().replace(TYPES, "");
  }

  static URI type(String code) {
    return URI.create(TYPES + code);
  }
}
