/** Which Temporal server is used, and starting one of one's own. */
package dev.uplift.cli.engine;
