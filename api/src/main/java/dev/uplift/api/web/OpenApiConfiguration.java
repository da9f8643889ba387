package dev.uplift.api.web;

import dev.uplift.profile.yaml.AppName;
import dev.uplift.release.Tag;
import dev.uplift.tenant.HostName;
import dev.uplift.tenant.Slug;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import java.time.Duration;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class OpenApiConfiguration {
  private static final String TOKEN = "token";

  // What is one word in JSON is one word in the description.
  static {
    SpringDocUtils.getConfig()
        .replaceWithClass(Slug.class, String.class)
        .replaceWithClass(HostName.class, String.class)
        .replaceWithClass(AppName.class, String.class)
        .replaceWithClass(Tag.class, String.class)
        .replaceWithClass(Duration.class, String.class)
        .replaceWithClass(PageSize.class, Integer.class);
  }

  @Bean
  OpenAPI openApi() {
    SecurityScheme bearer = new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer");
    return new OpenAPI()
        .info(new Info().title("Uplift").version("1"))
        .components(new Components().addSecuritySchemes(TOKEN, bearer))
        .addSecurityItem(new SecurityRequirement().addList(TOKEN));
  }
}
