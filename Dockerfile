# Uplift's API and the worker that runs workflows. Build Uplift before: mvn -B -DskipTests package
FROM eclipse-temurin:17.0.19_10-jre-noble

# Ubuntu has a user 1000 already. The group is the one that deploy/make-secrets lets read keys and passwords.
RUN groupadd --system --gid 10001 uplift \
  && useradd --system --uid 10001 --gid 10001 --create-home --home-dir /var/lib/uplift uplift
COPY --chown=root:root cli/target/dist /opt/uplift

USER uplift
WORKDIR /var/lib/uplift
ENV LC_ALL=C.UTF-8
ENTRYPOINT ["/opt/uplift/uplift"]
