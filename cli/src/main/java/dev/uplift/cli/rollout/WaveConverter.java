package dev.uplift.cli.rollout;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A wave as a person writes it, {@code acme,hooli} or {@code ring:production:10}, for the API. */
final class WaveConverter implements ITypeConverter<ObjectNode> {
  private static final Pattern RING = Pattern.compile("ring:([^:,]+)(?::([1-9][0-9]{0,8}))?");
  private static final Pattern TENANTS = Pattern.compile("[^:,]+(,[^:,]+)*");

  @Override
  public ObjectNode convert(String value) {
    ObjectNode wave = JsonNodeFactory.instance.objectNode();
    Matcher ring = RING.matcher(value);
    if (ring.matches()) {
      wave.put("ring", ring.group(1));
      if (ring.group(2) != null) {
        wave.put("count", Integer.parseInt(ring.group(2)));
      }
      return wave;
    }
    if (!TENANTS.matcher(value).matches()) {
      throw new TypeConversionException(
          "'" + value + "' is not a wave, like acme,hooli or ring:canary or ring:production:10");
    }
    ArrayNode tenants = wave.putArray("tenants");
    for (String tenant : value.split(",")) {
      tenants.add(tenant);
    }
    return wave;
  }
}
