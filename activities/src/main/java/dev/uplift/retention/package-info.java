/**
 * What upgrades leave on a host, and how long it is kept. {@link dev.uplift.retention.Retention}
 * decides and touches nothing; the others find what is there, and delete what was decided.
 */
package dev.uplift.retention;
