/** What is packed for other machines, and preparing one of them. */
package dev.uplift.cli.install;
