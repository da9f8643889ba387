package dev.uplift.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.uplift.sandbox.SandboxTenant;
import java.util.function.Consumer;

/** Variants of the sandbox's application in the registry of a world. */
public record Apps(Calls calls) {

  public void addVariant(String name, Consumer<JsonNode> change) throws Exception {
    JsonNode app = calls.get("/api/apps/cbapp").body().deepCopy();
    change.accept(app);
    Calls.Answer put = calls.put("/api/apps/" + name, app);
    assertThat(put.status()).as("%s", put).isIn(200, 201);
  }

  /** The application, with nothing run before the cutover. */
  public void addUnrehearsed(String name) throws Exception {
    addVariant(name, app -> ((ObjectNode) app.get("rehearsal")).put("enabled", false));
  }

  public void use(SandboxTenant tenant, String name) throws Exception {
    String path = "/api/tenants/" + tenant.id();
    ObjectNode registered = calls.get(path).body().deepCopy();
    registered.remove("id");
    registered.put("app", name);
    Calls.Answer put = calls.put(path, registered);
    assertThat(put.status()).as("%s", put).isIn(200, 201);
  }
}
