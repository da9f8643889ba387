/**
 * Prepares a machine for Uplift, as root: what has to be there is computed from what was asked and
 * what was found ({@link dev.uplift.prepare.HostPlan}), and each piece of it is then compared with
 * the machine, and made.
 */
package dev.uplift.prepare;
