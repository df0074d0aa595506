# One image per app: docker build --build-arg APP=api-gateway .
# The version is that of .nvmrc and of the "node" package.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc .nvmrc ./
RUN npm ci
COPY nest-cli.json tsconfig.json tsconfig.build.json .swcrc ./
COPY scripts scripts
COPY libs libs
COPY apps apps
# Not used at run time: optional packages (firebase-admin's clients of Firestore and Storage), and the type declarations
# and source maps of all others, 60 MB.
RUN npm run build \
  && npm prune --omit=dev --omit=optional \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.*ts' \) -delete

FROM node:24.21.0-bookworm-slim
# The user service keeps its users there; mount a volume to keep them longer than the container.
ENV NODE_ENV=production DATABASE_FILE=/app/data/user-service.sqlite
# On a machine with much memory V8 lets its heap grow far beyond what is in use; this bounds it.
ENV NODE_OPTIONS="--max-old-space-size=256"
# V8's compiled code of the modules is kept there: a start with it takes a quarter less CPU.
ENV NODE_COMPILE_CACHE=/app/compile-cache
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY scripts/healthcheck.mjs ./

# All that differs between the four images comes last, so that they share the layers above.
ARG APP=push-service
ENV APP=$APP
RUN test -f "dist/apps/$APP/src/main.js" \
  && ln -s "dist/apps/$APP/src/main.js" main.js \
  && install -d -o node -g node data compile-cache

# The user "node", by number: Kubernetes can tell that it is not root.
USER 1000:1000
# Fills the compile cache. By the user who runs the app: the user id is part of its key.
RUN node --eval 'require(`./dist/apps/${process.env.APP}/src/app.module.js`)'
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["node", "healthcheck.mjs"]
# Without a shell, so that SIGTERM reaches the app, which drains and exits 0. Run with an init process (docker run --init,
# "init: true" in compose) where something else in the container may leave zombies.
CMD ["node", "main.js"]
