package dev.uplift.sandbox.engine;

import java.nio.file.Path;

/**
 * What the frontend of a {@link ProductionServer} shows, and what it wants of its clients.
 *
 * @param caFile signs the certificates of both sides
 * @param wantsCertificates whether a client must show one
 * @param tokenKeys the public keys (JWKS) of the JSON web tokens that clients must send with each
 *     call; null if they need none
 */
public record FrontendTls(
    TestAuthority.Issued certificate, Path caFile, boolean wantsCertificates, Path tokenKeys) {}
