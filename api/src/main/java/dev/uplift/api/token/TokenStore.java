package dev.uplift.api.token;

import dev.uplift.api.audit.AuditLog;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Tokens as hashes: whoever reads the database can use none of them. A plain hash is enough, since
 * a token is 256 random bits and no password.
 */
@Component
class TokenStore {
  private static final String CREATED = "token.create";
  private static final String PREFIX = "uplift_";
  private static final int SECRET_BYTES = 32;
  private static final Duration LONGEST = Duration.ofDays(3650);

  private final JdbcClient database;
  private final AuditLog audit;
  private final Clock clock;
  private final TransactionOperations transaction;

  TokenStore(JdbcClient database, AuditLog audit, Clock clock, TransactionOperations transaction) {
    this.database = database;
    this.audit = audit;
    this.clock = clock;
    this.transaction = transaction;
  }

  String create(String name, Set<Scope> scopes, Duration validFor, String who) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._@-]{0,62}")) {
      throw new IllegalArgumentException(
          "the name of a token is 1 to 63 letters, digits, '.', '_', '@' and '-'");
    }
    if (scopes.isEmpty()) {
      throw new IllegalArgumentException("a token needs a scope: read, upgrade or admin");
    }
    if (validFor.isNegative() || validFor.isZero() || validFor.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "a token is valid for more than nothing and at most 10 years");
    }
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    transaction.executeWithoutResult(begun -> insert(name, token, scopes, validFor, who));
    return token;
  }

  private void insert(String name, String token, Set<Scope> scopes, Duration validFor, String who) {
    Instant now = clock.instant();
    int made =
        database
            .sql(
                """
                insert into token (name, sha256, scopes, created_at, expires_at) values (?, ?, ?, ?, ?)
                on conflict (name) do nothing
                """)
            .params(
                name, sha256(token), written(scopes), now.toString(), now.plus(validFor).toString())
            .update();
    if (made == 0) {
      throw new IllegalArgumentException(
          "there is a token named " + name + " already; revoke it, or take another name");
    }
    audit.record(who, CREATED, "tokens/" + name, null);
  }

  Optional<TokenInfo> find(String token) {
    return database
        .sql("select * from token where sha256 = ?")
        .param(sha256(token))
        .query(TokenStore::info)
        .optional();
  }

  /** Also if all have been revoked since. */
  boolean hasEverHadOne() {
    return database
        .sql("select 1 from audit where action = ? limit 1")
        .param(CREATED)
        .query(Integer.class)
        .optional()
        .isPresent();
  }

  List<TokenInfo> list() {
    return database.sql("select * from token order by name").query(TokenStore::info).list();
  }

  boolean revoke(String name, String who) {
    return Boolean.TRUE.equals(
        transaction.execute(
            begun -> {
              boolean revoked =
                  database.sql("delete from token where name = ?").param(name).update() > 0;
              if (revoked) {
                audit.record(who, "token.revoke", "tokens/" + name, null);
              }
              return revoked;
            }));
  }

  boolean isExpired(TokenInfo token) {
    return !clock.instant().isBefore(token.expiresAt());
  }

  private static TokenInfo info(ResultSet row, int index) throws SQLException {
    return new TokenInfo(
        row.getString("name"),
        Arrays.stream(row.getString("scopes").split(" "))
            .map(Scope::of)
            .collect(Collectors.toSet()),
        Instant.parse(row.getString("created_at")),
        Instant.parse(row.getString("expires_at")));
  }

  private static String written(Set<Scope> scopes) {
    return new TreeSet<>(scopes).stream().map(Scope::toString).collect(Collectors.joining(" "));
  }

  private static String sha256(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
