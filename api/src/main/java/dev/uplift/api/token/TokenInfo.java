package dev.uplift.api.token;

import java.time.Instant;
import java.util.Set;

/** A token without its secret. */
public record TokenInfo(String name, Set<Scope> scopes, Instant createdAt, Instant expiresAt) {}
