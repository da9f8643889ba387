package dev.uplift.api.web;

import dev.uplift.api.problem.Problem;
import dev.uplift.profile.yaml.Fleet;
import dev.uplift.profile.yaml.FleetFile;
import dev.uplift.profile.yaml.StrictJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;

/**
 * Reads the body of every request without guessing: a typo in a field must be an error, since it
 * may have been the field that keeps a backup.
 */
final class StrictBodyConverter implements HttpMessageConverter<Object> {
  static final MediaType YAML = MediaType.parseMediaType("application/yaml");

  /** A fleet of 20,000 tenants, and less than what the YAML parser takes. */
  private static final int MAX_BYTES = 3_000_000;

  @Override
  public boolean canRead(Class<?> type, MediaType mediaType) {
    return mediaType != null && mediaType.isCompatibleWith(expected(type));
  }

  @Override
  public boolean canWrite(Class<?> type, MediaType mediaType) {
    return false;
  }

  @Override
  public List<MediaType> getSupportedMediaTypes() {
    return List.of(MediaType.APPLICATION_JSON, YAML);
  }

  @Override
  public List<MediaType> getSupportedMediaTypes(Class<?> type) {
    return List.of(expected(type));
  }

  @Override
  public Object read(Class<?> type, HttpInputMessage message) throws IOException {
    byte[] bytes = message.getBody().readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new Problem(
          HttpStatus.CONTENT_TOO_LARGE,
          "body-too-large",
          "Body too large",
          "The body has more than " + MAX_BYTES + " bytes.");
    }
    String text = decode(bytes);
    return type == Fleet.class ? FleetFile.read(text) : StrictJson.read("body", text).bind(type);
  }

  @Override
  public void write(Object body, MediaType mediaType, HttpOutputMessage message) {
    throw new UnsupportedOperationException("only reads");
  }

  private static MediaType expected(Class<?> type) {
    return type == Fleet.class ? YAML : MediaType.APPLICATION_JSON;
  }

  private static String decode(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException notUtf8) {
      throw new Problem(
          HttpStatus.BAD_REQUEST, "malformed-document", "Malformed document", "body: is not UTF-8");
    }
  }
}
