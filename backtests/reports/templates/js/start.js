setTheme(root.dataset.theme);
makePlots().then(() => { root.dataset.ready = ""; }, (error) => {
  console.error(error);
  for (const place of document.querySelectorAll(".plot")) place.textContent = "This browser cannot draw the charts; every figure stands in the tables as well.";
});
