package dev.uplift.api.web;

import dev.uplift.logging.LogContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.web.servlet.AsyncHandlerInterceptor;

/** Names in the log what a request is about, as far as its path says it. */
final class RequestLogContext implements AsyncHandlerInterceptor {
  private static final Pattern OBJECT =
      Pattern.compile("/api/(tenants|upgrades)/([a-z0-9-]{1,36})(/.*)?");
  private static final String ATTRIBUTE = RequestLogContext.class.getName();

  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    Matcher path = OBJECT.matcher(request.getRequestURI());
    if (path.matches()) {
      boolean tenant = path.group(1).equals("tenants");
      request.setAttribute(
          ATTRIBUTE, LogContext.of(tenant ? path.group(2) : null, tenant ? null : path.group(2)));
    }
    return true;
  }

  @Override
  public void afterConcurrentHandlingStarted(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    close(request);
  }

  @Override
  public void afterCompletion(
      HttpServletRequest request, HttpServletResponse response, Object handler, Exception thrown) {
    close(request);
  }

  private static void close(HttpServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof LogContext context) {
      request.removeAttribute(ATTRIBUTE);
      context.close();
    }
  }
}
