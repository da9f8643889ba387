package dev.uplift.profile.yaml;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.StringReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Reads YAML without its surprises. Anchors, tags, duplicate keys, several documents and whatever
 * YAML would silently read as something else ({@code NO}, {@code 010}, {@code 12:30}) are refused.
 */
public final class StrictYaml {
  private static final int MAX_CHARACTERS = 3_000_000;
  private static final int MAX_DEPTH = 20;

  private final String source;
  private final Iterator<Event> events;
  private final Resolver resolver = new Resolver();
  private final Map<List<String>, Place> places = new HashMap<>();

  private StrictYaml(String source, Iterator<Event> events) {
    this.source = source;
    this.events = events;
  }

  /**
   * Reads a document whose outermost value is a mapping; an empty one counts as an empty mapping.
   *
   * @param source what errors call the document, normally its file name
   * @throws DocumentException if it is not plain YAML
   */
  public static StrictDocument read(String source, String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw new DocumentException(
          source, Place.START, "", "is larger than " + MAX_CHARACTERS + " characters");
    }
    LoaderOptions options = new LoaderOptions();
    options.setNestingDepthLimit(MAX_DEPTH + 1);
    try {
      Iterator<Event> events = new Yaml(options).parse(new StringReader(text)).iterator();
      return new StrictYaml(source, events).document();
    } catch (MarkedYAMLException malformed) {
      Mark mark = malformed.getProblemMark();
      throw new DocumentException(
          source, mark == null ? Place.START : place(mark, null), "", malformed.getProblem());
    } catch (YAMLException unreadable) {
      throw new DocumentException(source, Place.START, "", unreadable.getMessage());
    }
  }

  private StrictDocument document() {
    events.next(); // the stream begins
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    if (events.next().is(Event.ID.DocumentStart)) {
      Event first = events.next();
      if (!isEmptyScalar(first)) {
        if (!(first instanceof MappingStartEvent)) {
          throw refuse(first, List.of(), "a mapping of keys to values is needed");
        }
        root = (ObjectNode) node(first, List.of());
      }
      events.next(); // the document ends
      Event next = events.next();
      if (!next.is(Event.ID.StreamEnd)) {
        throw refuse(next, List.of(), "only one document is allowed");
      }
    }
    return new StrictDocument(source, root, places);
  }

  private JsonNode node(Event event, List<String> path) {
    if (event instanceof AliasEvent
        || event instanceof NodeEvent named && named.getAnchor() != null) {
      throw refuse(event, path, "anchors and aliases are not allowed");
    }
    if (path.size() > MAX_DEPTH) {
      throw refuse(event, path.subList(0, 3), "is nested deeper than " + MAX_DEPTH + " levels");
    }
    if (event instanceof MappingStartEvent start) {
      refuseTag(start, start.getTag(), path);
      return mapping(path);
    }
    if (event instanceof SequenceStartEvent start) {
      refuseTag(start, start.getTag(), path);
      return sequence(path);
    }
    ScalarEvent scalar = (ScalarEvent) event;
    refuseTag(scalar, scalar.getTag(), path);
    return scalar(scalar, path);
  }

  private ObjectNode mapping(List<String> path) {
    ObjectNode mapping = JsonNodeFactory.instance.objectNode();
    for (Event event = events.next(); !event.is(Event.ID.MappingEnd); event = events.next()) {
      if (!(event instanceof ScalarEvent)) {
        throw refuse(event, path, "a key must be a plain word");
      }
      JsonNode key = node(event, path);
      String name = ((ScalarEvent) event).getValue();
      if (!key.isTextual()) {
        throw refuse(event, path, "the key " + name + " is not a string: write it in quotes");
      }
      List<String> child = append(path, name);
      if (mapping.has(name)) {
        throw refuse(
            event, child, "the key is there twice, first in line " + places.get(child).line());
      }
      places.put(child, place(event.getStartMark(), null));
      mapping.set(name, node(events.next(), child));
    }
    return mapping;
  }

  private ArrayNode sequence(List<String> path) {
    ArrayNode sequence = JsonNodeFactory.instance.arrayNode();
    for (Event event = events.next(); !event.is(Event.ID.SequenceEnd); event = events.next()) {
      List<String> child = append(path, Integer.toString(sequence.size()));
      places.put(child, place(event.getStartMark(), null));
      sequence.add(node(event, child));
    }
    return sequence;
  }

  private JsonNode scalar(ScalarEvent scalar, List<String> path) {
    String written = scalar.getValue();
    if (!scalar.isPlain()) {
      return TextNode.valueOf(written);
    }
    Tag tag = resolver.resolve(NodeId.scalar, written, true);
    if (tag.equals(Tag.STR)) {
      return TextNode.valueOf(written);
    }
    if (tag.equals(Tag.BOOL) && (written.equals("true") || written.equals("false"))) {
      remember(scalar, path);
      return BooleanNode.valueOf(written.equals("true"));
    }
    if (tag.equals(Tag.INT) && written.matches("-?(0|[1-9][0-9]{0,17})")) {
      remember(scalar, path);
      return LongNode.valueOf(Long.parseLong(written));
    }
    if (tag.equals(Tag.FLOAT) && written.matches("-?[0-9]{1,18}\\.[0-9]{1,18}")) {
      remember(scalar, path);
      return DecimalNode.valueOf(new BigDecimal(written));
    }
    if (tag.equals(Tag.NULL)) {
      throw refuse(scalar, path, "has no value: give it one, or leave the key out");
    }
    throw refuse(
        scalar, path, "'" + written + "' is not what it looks like in YAML: write it in quotes");
  }

  private void remember(ScalarEvent scalar, List<String> path) {
    places.put(path, place(scalar.getStartMark(), scalar.getValue()));
  }

  private void refuseTag(Event event, String tag, List<String> path) {
    if (tag != null) {
      throw refuse(event, path, "tags are not allowed: " + tag);
    }
  }

  private DocumentException refuse(Event event, List<String> path, String problem) {
    return new DocumentException(
        source, place(event.getStartMark(), null), String.join(".", path), problem);
  }

  private static boolean isEmptyScalar(Event event) {
    return event instanceof ScalarEvent scalar && scalar.isPlain() && scalar.getValue().isEmpty();
  }

  private static Place place(Mark mark, String written) {
    return new Place(mark.getLine() + 1, mark.getColumn() + 1, written);
  }

  private static List<String> append(List<String> path, String step) {
    List<String> longer = new ArrayList<>(path);
    longer.add(step);
    return List.copyOf(longer);
  }
}
