package dev.uplift.profile.yaml;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads JSON as strictly as {@link StrictYaml} reads YAML. */
public final class StrictJson {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(20)
                  .maxDocumentLength(1_000_000)
                  .maxNumberLength(40)
                  .build())
          .build();

  // The parser adds where an object began, in a form for programmers; the place is told already.
  private static final Pattern START_MARKER = Pattern.compile(" \\(start marker at .*\\)");

  private final String source;
  private final JsonParser parser;
  private final Map<List<String>, Place> places = new HashMap<>();

  private StrictJson(String source, JsonParser parser) {
    this.source = source;
    this.parser = parser;
  }

  /**
   * Reads a document whose outermost value is an object. A field that is {@code null} counts as
   * absent.
   *
   * @param source what errors call the document
   * @throws DocumentException if it is malformed
   */
  public static StrictDocument read(String source, String text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return new StrictJson(source, parser).document();
    } catch (JsonProcessingException malformed) {
      JsonLocation location = malformed.getLocation();
      throw new DocumentException(
          source,
          location == null ? Place.START : place(location, null),
          "",
          START_MARKER.matcher(malformed.getOriginalMessage()).replaceAll(""));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private StrictDocument document() throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw refuse(List.of(), "an object is needed");
    }
    ObjectNode root = object(List.of());
    if (parser.nextToken() != null) {
      throw refuse(List.of(), "something follows the object");
    }
    return new StrictDocument(source, root, places);
  }

  private ObjectNode object(List<String> path) throws IOException {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      List<String> child = append(path, name);
      places.put(child, place(parser.currentTokenLocation(), null));
      if (parser.nextToken() != JsonToken.VALUE_NULL) {
        object.set(name, node(child));
      }
    }
    return object;
  }

  private ArrayNode array(List<String> path) throws IOException {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      List<String> child = append(path, Integer.toString(array.size()));
      places.put(child, place(parser.currentTokenLocation(), null));
      array.add(node(child));
    }
    return array;
  }

  private JsonNode node(List<String> path) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(path);
      case START_ARRAY -> array(path);
      case VALUE_STRING -> TextNode.valueOf(parser.getText());
      case VALUE_TRUE, VALUE_FALSE -> {
        remember(path);
        yield BooleanNode.valueOf(parser.getBooleanValue());
      }
      case VALUE_NUMBER_INT -> {
        remember(path);
        yield parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
            ? DecimalNode.valueOf(parser.getDecimalValue())
            : LongNode.valueOf(parser.getLongValue());
      }
      case VALUE_NUMBER_FLOAT -> {
        remember(path);
        yield DecimalNode.valueOf(parser.getDecimalValue());
      }
      default -> throw refuse(path, "must not be null");
    };
  }

  private void remember(List<String> path) throws IOException {
    places.put(path, place(parser.currentTokenLocation(), parser.getText()));
  }

  private DocumentException refuse(List<String> path, String problem) {
    return new DocumentException(
        source, place(parser.currentTokenLocation(), null), String.join(".", path), problem);
  }

  private static Place place(JsonLocation location, String written) {
    return new Place(
        Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()), written);
  }

  private static List<String> append(List<String> path, String step) {
    List<String> longer = new ArrayList<>(path);
    longer.add(step);
    return List.copyOf(longer);
  }
}
