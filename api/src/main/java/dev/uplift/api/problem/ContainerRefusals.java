package dev.uplift.api.problem;

import java.io.IOException;
import java.io.Writer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/** What Tomcat refuses before any code of ours sees it is a problem too, not a HTML page. */
@Configuration(proxyBeanMethods = false)
class ContainerRefusals {
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemsFromTomcat() {
    return factory ->
        factory.addContextCustomizers(
            context -> {
              if (context.getParent() instanceof StandardHost host) {
                host.setErrorReportValveClass(ProblemValve.class.getName());
              }
            });
  }

  /** Made by Tomcat, through its name. */
  public static final class ProblemValve extends ErrorReportValve {
    @Override
    protected void report(Request request, Response response, Throwable thrown) {
      int code = response.getStatus();
      if (code < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
        return;
      }
      HttpStatus status = HttpStatus.resolve(code);
      String title = status == null ? "Error" : status.getReasonPhrase();
      String type = status == null ? "error" : ProblemWriter.code(status);
      response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
      try (Writer writer = response.getReporter()) {
        if (writer != null) {
          writer.write(
              """
              {"type":"%s","title":"%s","status":%d,"detail":"The request is not valid HTTP for this server."}\
              """
                  .formatted(Problem.type(type), title, code));
        }
      } catch (IOException | IllegalStateException gone) {
        // The client has hung up: there is nobody to tell.
        container.getLogger().debug("cannot report an error", gone);
      }
    }
  }
}
