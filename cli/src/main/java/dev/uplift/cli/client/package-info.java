/** Where the API is, as whom it is asked, and the requests themselves. */
package dev.uplift.cli.client;
