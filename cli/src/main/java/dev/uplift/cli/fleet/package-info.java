/**
 * The commands for the registry: finding tenants, applying and exporting {@code fleet.yml}, and
 * checks.
 */
package dev.uplift.cli.fleet;
