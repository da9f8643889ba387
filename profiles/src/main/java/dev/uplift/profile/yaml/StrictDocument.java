package dev.uplift.profile.yaml;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.PropertyBindingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A document that was read without guessing: what stands in it is a string, a whole number, {@code
 * true}, {@code false}, a list or a mapping, and for each of them it is known where it stands.
 */
public final class StrictDocument {
  private static final JsonMapper MAPPER = strictMapper();
  private final String source;
  private final ObjectNode root;
  private final Map<List<String>, Place> places;

  StrictDocument(String source, ObjectNode root, Map<List<String>, Place> places) {
    this.source = source;
    this.root = root;
    this.places = places;
  }

  /**
   * The document as a {@code type}.
   *
   * @throws DocumentException if a key is unknown, a value has the wrong type or {@code type}
   *     refuses it
   */
  public <T> T bind(Class<T> type) {
    try {
      return MAPPER.treeToValue(root, type);
    } catch (JsonMappingException refused) {
      List<String> path =
          refused.getPath().stream()
              .map(
                  step ->
                      step.getFieldName() == null
                          ? Integer.toString(step.getIndex())
                          : step.getFieldName())
              .toList();
      throw refuse(path, problem(refused, path));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a tree cannot be malformed", impossible);
    }
  }

  /** That the value at {@code path} is not acceptable. */
  DocumentException refuse(List<String> path, String problem) {
    return new DocumentException(source, place(path), String.join(".", path), problem);
  }

  // What is missing has no place of its own: then its nearest parent's is told.
  private Place place(List<String> path) {
    for (int length = path.size(); length > 0; length--) {
      Place place = places.get(path.subList(0, length));
      if (place != null) {
        return place;
      }
    }
    return Place.START;
  }

  private String problem(JsonMappingException refused, List<String> path) {
    if (refused instanceof PropertyBindingException unknown) {
      return "unknown key; known here are "
          + unknown.getKnownPropertyIds().stream()
              .map(Object::toString)
              .sorted()
              .collect(Collectors.joining(", "));
    }
    if (refused.getCause() instanceof IllegalArgumentException cause) {
      return cause.getMessage();
    }
    if (refused.getCause() instanceof NullPointerException missing) {
      return missing.getMessage() + " is missing";
    }
    if (refused instanceof InvalidTypeIdException wrongType) {
      return "type must be one of " + knownTypes(wrongType.getBaseType().getRawClass());
    }
    if (refused instanceof InvalidFormatException wrong && wrong.getTargetType().isEnum()) {
      String message = wrong.getOriginalMessage();
      return "must be one of " + message.substring(message.lastIndexOf('['));
    }
    if (refused instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      return mismatch(mismatch.getTargetType(), path);
    }
    return refused.getOriginalMessage();
  }

  private String mismatch(Class<?> wanted, List<String> path) {
    JsonNode found = root;
    for (String step : path) {
      found = found.isArray() ? found.path(Integer.parseInt(step)) : found.path(step);
    }
    String wantedName = name(wanted);
    String foundName =
        switch (found.getNodeType()) {
          case ARRAY -> "a list";
          case OBJECT -> "a mapping";
          case STRING -> "a string";
          case BOOLEAN -> "the boolean " + place(path).written();
          case NUMBER -> "the number " + place(path).written();
          default -> "nothing";
        };
    boolean quotes = wantedName.equals("a string") && found.isValueNode() && !found.isTextual();
    return "must be "
        + wantedName
        + ", but is "
        + foundName
        + (quotes ? ": write it in quotes" : "");
  }

  private static String name(Class<?> wanted) {
    if (wanted == Boolean.class || wanted == boolean.class) {
      return "true or false";
    }
    if (Number.class.isAssignableFrom(wanted) || wanted == int.class || wanted == long.class) {
      return "a whole number";
    }
    if (wanted == UUID.class) {
      return "a UUID";
    }
    if (Collection.class.isAssignableFrom(wanted)) {
      return "a list";
    }
    boolean readFromString =
        Arrays.stream(wanted.getDeclaredMethods())
            .anyMatch(
                method ->
                    method.getName().equals("of")
                        && List.of(method.getParameterTypes()).equals(List.of(String.class)));
    boolean scalar = wanted == String.class || wanted == Duration.class || wanted.isEnum();
    return scalar || readFromString ? "a string" : "a mapping";
  }

  private static String knownTypes(Class<?> base) {
    List<String> names = new ArrayList<>();
    for (JsonSubTypes.Type type : base.getAnnotation(JsonSubTypes.class).value()) {
      names.add(type.name());
    }
    return String.join(", ", names);
  }

  private static JsonMapper strictMapper() {
    return JsonMapper.builder()
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_IGNORED_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .withCoercionConfig(
            LogicalType.Textual,
            strings ->
                strings
                    .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
        .addModule(new SimpleModule().addDeserializer(Duration.class, new DurationDeserializer()))
        .build();
  }
}
