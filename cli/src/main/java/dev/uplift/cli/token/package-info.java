/**
 * {@code uplift token}: works on the registry's database itself, since there is no token to ask the
 * API with.
 */
package dev.uplift.cli.token;
