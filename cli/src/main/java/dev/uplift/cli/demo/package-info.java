/** {@code uplift demo}: an upstream, tenants, an engine, the API and a worker on this machine. */
package dev.uplift.cli.demo;
