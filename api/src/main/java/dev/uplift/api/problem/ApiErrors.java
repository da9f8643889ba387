package dev.uplift.api.problem;

import dev.uplift.profile.yaml.DocumentException;
import java.net.URI;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Makes a problem of whatever a controller, or Spring before it, throws. */
@RestControllerAdvice
class ApiErrors extends ResponseEntityExceptionHandler {
  private static final Logger log = LoggerFactory.getLogger(ApiErrors.class);

  @ExceptionHandler
  ResponseEntity<Object> malformed(DocumentException refused, WebRequest request) {
    Problem problem =
        new Problem(
            HttpStatus.BAD_REQUEST,
            "malformed-document",
            "Malformed document",
            refused.getMessage());
    problem.with("line", refused.line()).with("column", refused.column());
    if (!refused.key().isEmpty()) {
      problem.with("field", refused.key());
    }
    return handleErrorResponseException(
        problem, problem.getHeaders(), problem.getStatusCode(), request);
  }

  @ExceptionHandler
  ResponseEntity<Object> unexpected(Exception defect, WebRequest request) {
    log.error("{} failed", request.getDescription(false), defect);
    ProblemDetail body =
        Problem.body(
            HttpStatus.INTERNAL_SERVER_ERROR,
            "internal-error",
            "Internal error",
            "This is a defect of the API: its log has the details.");
    return handleExceptionInternal(
        defect, body, new HttpHeaders(), HttpStatus.INTERNAL_SERVER_ERROR, request);
  }

  @Override
  protected ResponseEntity<Object> handleTypeMismatch(
      TypeMismatchException mismatch,
      HttpHeaders headers,
      HttpStatusCode status,
      WebRequest request) {
    String name =
        mismatch instanceof MethodArgumentTypeMismatchException argument
            ? argument.getName()
            : mismatch.getPropertyName();
    ProblemDetail body =
        Problem.body(
            HttpStatus.BAD_REQUEST,
            "malformed-parameter",
            "Malformed parameter",
            name + ": " + reason(mismatch));
    body.setProperties(Map.of("field", String.valueOf(name)));
    return handleExceptionInternal(mismatch, body, headers, HttpStatus.BAD_REQUEST, request);
  }

  @Override
  protected ResponseEntity<Object> createResponseEntity(
      Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
    if (body instanceof ProblemDetail problem
        && (problem.getType() == null || problem.getType().equals(URI.create("about:blank")))) {
      problem.setType(Problem.type(ProblemWriter.code(HttpStatus.valueOf(status.value()))));
    }
    if (body instanceof ProblemDetail problem) {
      request.setAttribute(
          Problem.TYPE_ATTRIBUTE, Problem.codeOf(problem), RequestAttributes.SCOPE_REQUEST);
    }
    return super.createResponseEntity(body, headers, status, request);
  }

  private static String reason(TypeMismatchException mismatch) {
    Throwable cause = mismatch.getCause();
    if (cause instanceof ConversionFailedException failed) {
      cause = failed.getCause();
    }
    // Ours say what is allowed; those of the framework say what class failed.
    return cause != null && cause.getClass() == IllegalArgumentException.class
        ? cause.getMessage()
        : "is not of the form that is needed here";
  }
}
