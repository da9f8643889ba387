package dev.uplift.cli.demo;

import dev.uplift.cli.client.Connection;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** What somebody can look at and type while the demo is up. */
final class HandsOn {
  private HandsOn() {}

  /**
   * @param temporalUi empty for an engine without one
   * @param tenant one that is still at the old release
   */
  static String text(Connection server, Optional<URI> temporalUi, Path env, String tenant) {
    return """

        API          %1$s/api
        OpenAPI      %1$s/swagger-ui.html
        Temporal UI  %2$s
        Token        %3$s

        Go on in another shell:

          set -a; . %4$s; set +a
          TOKEN=$UPLIFT_TOKEN

          # Check current version vs latest
          curl -H "Authorization: Bearer $TOKEN" \\
            %1$s/api/tenants/%5$s/version

          # Upgrade one tenant
          curl -X POST -H "Authorization: Bearer $TOKEN" \\
            -H "Content-Type: application/json" \\
            -d '{
              "target_version": "v0.3.0",
              "backup_db": true,
              "run_migrations": true
            }' \\
            %1$s/api/tenants/%5$s/upgrade

          # Get all tenant IDs
          TENANTS=$(curl -s -H "Authorization: Bearer $TOKEN" \\
            %1$s/api/tenants | jq -r '.tenants[].id')

          # Upgrade each
          for ID in $TENANTS; do
            echo "Upgrading $ID..."
            curl -X POST -H "Authorization: Bearer $TOKEN" \\
              -H "Content-Type: application/json" \\
              -d '{"target_version": "v0.3.0", "backup_db": true}' \\
              %1$s/api/tenants/$ID/upgrade
          done
        """
        .formatted(
            server.url(),
            temporalUi.map(URI::toString).orElse("none: the embedded engine has no UI"),
            server.token(),
            env,
            tenant);
  }
}
