// Writes docs/openapi.json from the routes, after a build.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { format } from 'prettier';

const require = createRequire(import.meta.url);
const { apiRoutes } = require('../dist/api/api-routes.js');
const { openApiDocument } = require('../dist/api/openapi/document.js');

// Documentation follows from what routes say of themselves; none is called.
const document = JSON.stringify(openApiDocument(apiRoutes({}, {})));
const page = new URL('../docs/openapi.json', import.meta.url);
writeFileSync(page, await format(document, { parser: 'json', printWidth: 120 }));
