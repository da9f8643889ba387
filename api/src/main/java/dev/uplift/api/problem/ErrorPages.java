package dev.uplift.api.problem;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;

/** What the container reports after all else. */
@Controller
class ErrorPages implements ErrorController {
  private final ProblemWriter problems;

  ErrorPages(ProblemWriter problems) {
    this.problems = problems;
  }

  @RequestMapping("/error")
  void error(HttpServletRequest request, HttpServletResponse response) throws IOException {
    Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
    HttpStatus status =
        Objects.requireNonNullElse(
            code instanceof Integer number ? HttpStatus.resolve(number) : null,
            HttpStatus.NOT_FOUND);
    problems.write(request, response, status, "The request cannot be served.");
  }
}
