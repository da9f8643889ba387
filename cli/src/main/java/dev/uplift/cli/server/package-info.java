/** The commands that run parts of Uplift: the API, a worker, or all of it in the foreground. */
package dev.uplift.cli.server;
