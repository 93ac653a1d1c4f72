({ query, viewTag, runId }) => {
  // MLflow's pages take every visitor for one of language models. With this, model training is shown first, and the name
  // of a study leads to its comparison. What a visitor has chosen before stays; experiments of others are left alone.
  const KEYS = {
    "mlflow.workflowType_v1": '"machine_learning"',
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
  };
  for (const [key, value] of Object.entries(KEYS))
    if (localStorage.getItem(key) === null) localStorage.setItem(key, value);

  const comparison = (id) => `#/experiments/${id}/runs?${query}`;
  const ask = async (path, body) => {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`ajax-api/2.0/mlflow/${path}`, body && { method: "POST", headers, body: JSON.stringify(body) });
    return answer.json();
  };

  const isStudy = async (id) => {
    const { experiment } = await ask(`experiments/get?experiment_id=${id}`);
    return (experiment?.tags ?? []).some(({ key }) => key === viewTag);
  };
  const newestStudy = async () => {
    const { experiments = [] } = await ask("experiments/search", { max_results: 1000, filter: `tags.\`${viewTag}\` LIKE '%'` });
    const experiment_ids = experiments.map(({ experiment_id }) => experiment_id);
    if (!experiment_ids.length) return undefined;
    const { runs = [] } = await ask("runs/search", {
      experiment_ids, max_results: 1, filter: `tags.\`${runId}\` LIKE '%'`, order_by: ["attributes.start_time DESC"],
    });
    return runs[0]?.info.experiment_id;
  };

  const named = /^#\/experiments\/(\d+)$/;
  const lead = async (hash, otherwise) => {
    const id = named.exec(hash)[1];
    if (await isStudy(id).catch(() => false)) location.hash = comparison(id);
    else otherwise?.();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || !named.test(link.hash) || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    lead(link.hash, () => { location.hash = link.hash; });
  }, true);

  if (named.test(location.hash)) lead(location.hash);
  else if (!location.hash)
    newestStudy().then((id) => { if (id && !location.hash) location.hash = comparison(id); }).catch(() => {});
}
