package dev.uplift.sandbox.engine;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;

/** Makes JSON web tokens as the API keys of a Temporal cluster of one's own. */
final class TokenIssuer {
  private static final int KEY_BITS = 2048;
  private final KeyPair keys;

  TokenIssuer() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(KEY_BITS);
    keys = generator.generateKeyPair();
  }

  /** The public key, as the server reads it. */
  Path writeKeys(Path file) throws IOException {
    RSAPublicKey key = (RSAPublicKey) keys.getPublic();
    return Files.writeString(
        file,
        """
        {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "test", "n": "%s", "e": "%s"}]}
        """
            .formatted(base64(key.getModulus()), base64(key.getPublicExponent())));
  }

  /**
   * @param permission like {@code default:write}
   */
  String token(String permission) throws GeneralSecurityException {
    String content =
        base64("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"test\"}")
            + "."
            + base64(
                "{\"sub\":\"uplift\",\"exp\":%d,\"permissions\":[\"%s\"]}"
                    .formatted(Instant.now().plusSeconds(3600).getEpochSecond(), permission));
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(keys.getPrivate());
    signature.update(content.getBytes(StandardCharsets.US_ASCII));
    return content + "." + base64(signature.sign());
  }

  private static String base64(BigInteger number) {
    byte[] bytes = number.toByteArray();
    boolean signOnly = bytes[0] == 0;
    return base64(signOnly ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
  }

  private static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
