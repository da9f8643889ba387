package dev.uplift.profile.yaml;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.uplift.profile.AppProfile;
import dev.uplift.tenant.Tenant;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.NonPrintableStyle;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;

/** Writes fleets such that {@link FleetFile} reads them as they were. */
public final class FleetText {
  private static final TypeReference<LinkedHashMap<String, Object>> FIELDS =
      new TypeReference<>() {};
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          // Maps of labels and ports have no order of their own, and a text needs one.
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_EMPTY, JsonInclude.Include.ALWAYS))
          .addModule(new SimpleModule().addSerializer(Duration.class, new DurationSerializer()))
          .build();

  private FleetText() {}

  /** A whole fleet file, in the fleet's order. */
  public static String of(Fleet fleet) {
    StringBuilder text = new StringBuilder();
    Map<String, Object> hosts = new LinkedHashMap<>();
    fleet.hosts().forEach(host -> hosts.put(host.name().value(), fields(host)));
    section(text, "hosts", hosts);
    Map<String, Object> apps = new LinkedHashMap<>();
    fleet.apps().forEach((name, profile) -> apps.put(name.value(), fields(profile)));
    section(text, "apps", apps);
    Map<String, Object> tenants = new LinkedHashMap<>();
    fleet.tenants().forEach(tenant -> tenants.put(tenant.id().value(), fields(tenant)));
    section(text, "tenants", tenants);
    return text.toString();
  }

  /** What stands below the name of a host. */
  public static Map<String, Object> fields(Host host) {
    return fieldsOf(new HostEntry(host.labels()));
  }

  /** What stands below the name of an app. */
  public static Map<String, Object> fields(AppProfile profile) {
    return fieldsOf(profile);
  }

  /** What stands below the id of a tenant. */
  public static Map<String, Object> fields(Tenant tenant) {
    return fieldsOf(
        new TenantEntry(
            AppName.of(tenant.app()),
            tenant.host(),
            tenant.path(),
            tenant.ring(),
            tenant.labels(),
            tenant.ports()));
  }

  /**
   * One key with what stands below it; quoted wherever YAML would read something else.
   *
   * @param value made of maps, lists, strings and numbers
   */
  public static String entry(String key, Object value, int indent) {
    return yaml().dump(Map.of(key, value)).indent(indent);
  }

  private static void section(StringBuilder text, String name, Map<String, Object> entries) {
    if (!entries.isEmpty()) {
      text.append(text.isEmpty() ? "" : "\n").append(name).append(":\n");
      entries.forEach((key, fields) -> text.append(entry(key, fields, 2)));
    }
  }

  private static Map<String, Object> fieldsOf(Object entry) {
    return MAPPER.convertValue(entry, FIELDS);
  }

  private static Yaml yaml() {
    DumperOptions options = new DumperOptions();
    options.setSplitLines(false);
    options.setNonPrintableStyle(NonPrintableStyle.ESCAPE);
    options.setIndicatorIndent(2);
    options.setIndentWithIndicator(true);
    options.setIndent(2);
    return new Yaml(new ShortInOneLine(options), options);
  }

  /** Writes what is short in one line, as people do. */
  private static final class ShortInOneLine extends Representer {
    private static final int SHORT = 110;

    ShortInOneLine(DumperOptions options) {
      super(options);
    }

    @Override
    protected Node representSequence(Tag tag, Iterable<?> sequence, FlowStyle style) {
      boolean ofMappings =
          sequence.iterator().hasNext() && sequence.iterator().next() instanceof Map;
      return super.representSequence(
          tag, sequence, ofMappings ? FlowStyle.BLOCK : styleOf(sequence));
    }

    @Override
    protected Node representMapping(Tag tag, Map<?, ?> mapping, FlowStyle style) {
      // The outermost one is the name with all that stands below it.
      boolean outermost = representedObjects.isEmpty();
      return super.representMapping(tag, mapping, outermost ? FlowStyle.BLOCK : styleOf(mapping));
    }

    private static FlowStyle styleOf(Object collection) {
      return collection.toString().length() <= SHORT ? FlowStyle.FLOW : FlowStyle.BLOCK;
    }
  }
}
