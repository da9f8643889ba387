package dev.uplift.api.registry;

import dev.uplift.api.problem.Problem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.TransactionException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** A registry that does not answer is no defect of the API, and will be back. */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class RegistryAway {
  private static final Logger log = LoggerFactory.getLogger(RegistryAway.class);
  private static final int RETRY_AFTER_SECONDS = 10;

  private final RegistryAddress address;

  RegistryAway(RegistryAddress address) {
    this.address = address;
  }

  static boolean isMeantBy(RuntimeException failure) {
    return failure instanceof DataAccessResourceFailureException
        || failure instanceof TransientDataAccessException
        || failure instanceof TransactionException;
  }

  @ExceptionHandler({
    DataAccessResourceFailureException.class,
    TransientDataAccessException.class,
    TransactionException.class
  })
  ResponseEntity<ProblemDetail> answer(RuntimeException failure) {
    Problem problem = problem(failure);
    return ResponseEntity.status(problem.getStatusCode())
        .headers(problem.getHeaders())
        .body(problem.getBody());
  }

  Problem problem(RuntimeException failure) {
    String message = RegistryFailure.of(address, failure).message();
    log.warn("the registry cannot be used: {}", message);
    return new Problem(
            HttpStatus.SERVICE_UNAVAILABLE,
            "registry-away",
            "Registry does not answer",
            "The registry "
                + message
                + ". Upgrades that run are not affected: they are recorded when it is back.")
        .retryAfterSeconds(RETRY_AFTER_SECONDS);
  }
}
