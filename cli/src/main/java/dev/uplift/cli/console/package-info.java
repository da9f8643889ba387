/** What the commands have in common: how they read values, print tables, wait, and end. */
package dev.uplift.cli.console;
