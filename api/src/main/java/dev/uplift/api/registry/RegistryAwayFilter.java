package dev.uplift.api.registry;

import dev.uplift.api.problem.ProblemWriter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterProperties;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Tokens are in the registry, so it is missed before any controller is asked. */
@Component
@Order(SecurityFilterProperties.DEFAULT_FILTER_ORDER - 1)
class RegistryAwayFilter extends OncePerRequestFilter {
  private final RegistryAway away;
  private final ProblemWriter problems;

  RegistryAwayFilter(RegistryAway away, ProblemWriter problems) {
    this.away = away;
    this.problems = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      chain.doFilter(request, response);
    } catch (RuntimeException failure) {
      if (!RegistryAway.isMeantBy(failure)) {
        throw failure;
      }
      problems.write(request, response, away.problem(failure));
    }
  }
}
