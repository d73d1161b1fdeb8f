# The gateway for a store in a PostgreSQL or TimescaleDB server, which DATABASE_URL names. The embedded PostgreSQL is not in it: it would be gone with the container.
#   docker build --tag thermograph .
#   docker run --rm --publish 127.0.0.1:4000:4000 --env ALLOW_ANONYMOUS=true --env DATABASE_URL=postgres://… thermograph
# Building needs BuildKit, which Docker has by default since version 23.

# Debian, because Node's builds for musl are experimental; slim and not distroless, because `docker compose exec gateway thermograph …` needs /usr/bin/env.
ARG NODE_IMAGE=node:24-bookworm-slim

# On the machine's own platform: what comes out is JavaScript, the same for every platform, so that nothing needs to be emulated.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# The context has the permissions that its owner's umask gave it; who runs the image is somebody else.
RUN npm run build \
 && mkdir -p /out/app /out/bin \
 && cp -R dist package.json LICENSE CHANGELOG.md /out/app/ \
 && ln -s /app/dist/server/main.js /out/bin/thermograph \
 && chmod -R a+rX /out

FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS packages
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional && chmod -R a+rX node_modules

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Thermograph" \
      org.opencontainers.image.description="A GraphQL gateway over a time-series store for the sensors of a factory" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=packages /src/node_modules/ node_modules/
COPY --from=build /out/app/ ./
COPY --from=build /out/bin/ /usr/local/bin/
# Loopback of a container is reached by nobody. The gateway refuses this address until ALLOW_ANONYMOUS says that it may.
ENV NODE_ENV=production HOST=0.0.0.0
# The image's user `node`, by number, so that Kubernetes can tell that it is not root.
USER 1000:1000
EXPOSE 4000
# A first start fills the store with the sample before it listens.
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# As the first process of the container it hears SIGTERM itself, and answers what is under way before it ends.
ENTRYPOINT ["node", "/app/dist/server/main.js"]
CMD ["serve"]
