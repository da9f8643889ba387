/** The commands for one tenant: its release, an upgrade and what ends it, a way back, its logs. */
package dev.uplift.cli.tenant;
