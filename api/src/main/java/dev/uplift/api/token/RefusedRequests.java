package dev.uplift.api.token;

import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.problem.Problem;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpStatus;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Enters into the audit log who wanted to change something and was not allowed to, or could not. A
 * caller that is not known is no entry: anybody could fill the log.
 */
final class RefusedRequests extends OncePerRequestFilter {
  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<Integer> REFUSED =
      Set.of(HttpStatus.FORBIDDEN.value(), HttpStatus.CONFLICT.value());
  private static final Pattern OBJECT =
      Pattern.compile("/api/((?:tenants|apps|hosts|upgrades|channels)/[^/]+|[^/]+)(/.*)?");
  private static final Pattern UPGRADE =
      Pattern.compile("upgrades/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");
  private static final int LONGEST_PATH = 200;

  private final AuditLog audit;

  RefusedRequests(AuditLog audit) {
    this.audit = audit;
  }

  // The answer to most requests is given in a second dispatch.
  @Override
  protected boolean shouldNotFilterAsyncDispatch() {
    return false;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return READING.contains(request.getMethod());
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Authentication caller = SecurityContextHolder.getContext().getAuthentication();
    chain.doFilter(request, response);
    if (caller != null && !isAsyncStarted(request) && REFUSED.contains(response.getStatus())) {
      record(request, response.getStatus(), caller.getName());
    }
  }

  private void record(HttpServletRequest request, int status, String caller) {
    String path = request.getRequestURI();
    Matcher parts = OBJECT.matcher(path.substring(0, Math.min(path.length(), LONGEST_PATH)));
    if (!parts.matches()) {
      return;
    }
    String object = parts.group(1);
    String action = parts.group(2) == null ? "" : parts.group(2).substring(1) + " ";
    Object type = request.getAttribute(Problem.TYPE_ATTRIBUTE);
    Matcher upgrade = UPGRADE.matcher(object);
    audit.recordRefused(
        caller,
        object,
        upgrade.matches() ? UUID.fromString(upgrade.group(1)) : null,
        request.getMethod() + " " + action + status + (type == null ? "" : " " + type));
  }
}
