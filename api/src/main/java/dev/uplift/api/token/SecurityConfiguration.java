package dev.uplift.api.token;

import dev.uplift.api.ApiSettings;
import dev.uplift.api.audit.AuditLog;
import dev.uplift.api.problem.ProblemWriter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.web.server.Ssl;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.oauth2.core.OAuth2AuthenticationException;
import org.springframework.security.oauth2.server.resource.BearerTokenError;
import org.springframework.security.oauth2.server.resource.BearerTokenErrorCodes;
import org.springframework.security.oauth2.server.resource.authentication.OpaqueTokenAuthenticationProvider;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OAuth2IntrospectionAuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.security.web.access.ExceptionTranslationFilter;
import org.springframework.security.web.authentication.AnonymousAuthenticationFilter;
import org.springframework.security.web.firewall.RequestRejectedHandler;

/** Who may call what. */
@Configuration(proxyBeanMethods = false)
class SecurityConfiguration {
  private static final Logger log = LoggerFactory.getLogger(SecurityConfiguration.class);
  private static final String SCHEME = "Bearer realm=\"uplift\"";

  @Bean
  SecurityFilterChain security(
      HttpSecurity http,
      ApiSettings settings,
      OpaqueTokenIntrospector tokens,
      ProblemWriter problems,
      AuditLog audit) {
    String read = Scope.READ.authority();
    String upgrade = Scope.UPGRADE.authority();
    String admin = Scope.ADMIN.authority();
    return http.csrf(AbstractHttpConfigurer::disable)
        .logout(AbstractHttpConfigurer::disable)
        .requestCache(AbstractHttpConfigurer::disable)
        .sessionManagement(
            session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .authorizeHttpRequests(
            requests -> {
              // The second half of a request whose first half was let in.
              requests
                  .dispatcherTypeMatchers(DispatcherType.ASYNC, DispatcherType.ERROR)
                  .permitAll();
              if (settings.bind().isLoopbackAddress()) {
                requests
                    .requestMatchers("/v3/api-docs/**", "/swagger-ui/**", "/swagger-ui.html")
                    .permitAll();
              }
              requests
                  .requestMatchers(HttpMethod.GET, "/actuator/health", "/actuator/health/**")
                  .permitAll()
                  .requestMatchers(HttpMethod.GET, "/api/audit")
                  .hasAuthority(admin)
                  .requestMatchers(HttpMethod.GET)
                  .hasAuthority(read)
                  .requestMatchers(HttpMethod.HEAD)
                  .hasAuthority(read)
                  .requestMatchers(
                      HttpMethod.POST,
                      "/api/tenants/*/upgrade",
                      "/api/tenants/*/rollback",
                      "/api/tenants/*/resume",
                      "/api/tenants/*/check",
                      "/api/tenants/*/backups/verify",
                      "/api/upgrades/*/cancel",
                      "/api/rollouts",
                      "/api/rollouts/*/*")
                  .hasAuthority(upgrade)
                  .anyRequest()
                  .hasAuthority(admin);
            })
        .addFilterBefore(bearerTokens(tokens, problems), AnonymousAuthenticationFilter.class)
        .addFilterBefore(new RefusedRequests(audit), ExceptionTranslationFilter.class)
        .exceptionHandling(
            failures ->
                failures
                    .authenticationEntryPoint(unauthenticated(problems))
                    .accessDeniedHandler(forbidden(problems)))
        .build();
  }

  @Bean
  OpaqueTokenIntrospector introspector(TokenStore tokens) {
    return presented -> {
      TokenInfo token =
          tokens
              .find(presented)
              .orElseThrow(() -> new BadOpaqueTokenException("The token is not known."));
      if (tokens.isExpired(token)) {
        throw new BadOpaqueTokenException("The token has expired.");
      }
      List<GrantedAuthority> authorities =
          token.scopes().stream()
              .flatMap(scope -> scope.allowed().stream())
              .distinct()
              .<GrantedAuthority>map(scope -> new SimpleGrantedAuthority(scope.authority()))
              .toList();
      return new OAuth2IntrospectionAuthenticatedPrincipal(
          token.name(), Map.of("sub", token.name()), authorities);
    };
  }

  /** Paths with an encoded slash, a line break and the like. */
  @Bean
  RequestRejectedHandler refusedPaths(ProblemWriter problems) {
    return (request, response, refused) ->
        problems.write(
            request,
            response,
            HttpStatus.BAD_REQUEST,
            "The path has characters or steps that no object here is named with.");
  }

  /**
   * Nobody should find out on the network that the first token is still missing, nor read there the
   * tokens of others.
   */
  @Bean
  SmartInitializingSingleton safeBeforeExposure(
      ApiSettings settings, TokenStore tokens, ServerProperties server) {
    return () -> {
      if (settings.bind().isLoopbackAddress()) {
        return;
      }
      String exposed =
          "uplift.bind is " + settings.bind().getHostAddress() + ", which others can reach, and ";
      if (!tokens.hasEverHadOne()) {
        throw new IllegalStateException(
            exposed
                + "there is no token yet."
                + " Make one with `uplift token create`, or bind to 127.0.0.1.");
      }
      if (!Ssl.isEnabled(server.getSsl()) && !settings.behindProxy()) {
        throw new IllegalStateException(
            exposed
                + "tokens would travel there in clear. Give it a certificate (server.ssl.certificate"
                + " and server.ssl.certificate-private-key), or bind to 127.0.0.1 behind a proxy that"
                + " encrypts; uplift.behind-proxy: true if that proxy is on another machine or in"
                + " another container.");
      }
    };
  }

  /**
   * Without a valid token nobody is let in, but outcomes are still recorded and told: that is no
   * reason not to start.
   */
  @Bean
  ApplicationRunner tellsWhenNobodyIsLetIn(TokenStore tokens) {
    return arguments -> {
      List<TokenInfo> all = tokens.list();
      if (!all.isEmpty() && all.stream().allMatch(tokens::isExpired)) {
        log.error(
            "every token has expired, so nobody is let in: make one with `uplift token create NAME"
                + " --scope admin --expires 90d` on this machine, as the user of the API; no restart"
                + " is needed");
      }
    };
  }

  // Not through oauth2ResourceServer(): that also publishes a description of an OAuth 2 resource,
  // which this is not.
  private static BearerTokenAuthenticationFilter bearerTokens(
      OpaqueTokenIntrospector tokens, ProblemWriter problems) {
    BearerTokenAuthenticationFilter filter =
        new BearerTokenAuthenticationFilter(
            new ProviderManager(new OpaqueTokenAuthenticationProvider(tokens)));
    filter.setAuthenticationEntryPoint(unauthenticated(problems));
    return filter;
  }

  private static AuthenticationEntryPoint unauthenticated(ProblemWriter problems) {
    return (request, response, failure) -> {
      if (failure instanceof OAuth2AuthenticationException refused
          && refused.getError() instanceof BearerTokenError error) {
        challenge(response, error.getErrorCode(), error.getDescription());
        problems.write(request, response, error.getHttpStatus(), error.getDescription());
      } else {
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, SCHEME);
        problems.write(request, response, HttpStatus.UNAUTHORIZED, "A bearer token is needed.");
      }
    };
  }

  private static AccessDeniedHandler forbidden(ProblemWriter problems) {
    return (request, response, failure) -> {
      String detail = "The scopes of the token do not allow this.";
      challenge(response, BearerTokenErrorCodes.INSUFFICIENT_SCOPE, detail);
      problems.write(request, response, HttpStatus.FORBIDDEN, detail);
    };
  }

  private static void challenge(HttpServletResponse response, String error, String description) {
    response.setHeader(
        HttpHeaders.WWW_AUTHENTICATE,
        SCHEME + ", error=\"" + error + "\", error_description=\"" + description + "\"");
  }
}
