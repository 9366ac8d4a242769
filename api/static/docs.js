// Shows the API's description; the address is said by the page, so that this file may be cached for ever.
const root = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: root.dataset.openapi,
  domNode: root,
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
});
