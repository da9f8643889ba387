/** {@code uplift rollout}: many tenants, wave after wave, and how that looks on a terminal. */
package dev.uplift.cli.rollout;
