/**
 * Git: mirrors of the upstreams, the trees of releases, and a tenant's checkout moved to a release
 * and back.
 *
 * <p>Only this package touches git, and only through JGit: no tag or URL can reach a command line,
 * and no hook or filter of a tenant's repository runs.
 */
package dev.uplift.code;
